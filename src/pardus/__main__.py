"""`python -m pardus` is the command `pardus`."""

from pardus.cli.main import main

main()
