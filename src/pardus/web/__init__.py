"""The desk: pages in the browser for people who work in them all day. Thin over `pardus.app`."""
