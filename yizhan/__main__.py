"""`python -m yizhan`: the command line."""

from yizhan.cli import main

if __name__ == "__main__":
    main()
