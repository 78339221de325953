"""`yizhan …`, or `python -m yizhan …`: a process of the system, or the command line."""

import sys

from yizhan.start import is_start, start


def main() -> None:
    """Do what the arguments say."""
    if is_start(sys.argv[1:]):
        raise SystemExit(start(sys.argv[1:]))
    from yizhan.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
