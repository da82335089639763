"""``python -m kulant`` and the ``kulant`` command."""

from kulant.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
