"""Media and field records to effort, independent events and capture histories."""
