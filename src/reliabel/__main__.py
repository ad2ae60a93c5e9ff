"""python -m reliabel."""

from reliabel.cli import main

main()
