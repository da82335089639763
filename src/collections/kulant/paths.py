"""Where templates, static files, migrations and catalogues lie: in the wheel's package, or in the source tree."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_REPOSITORY = _PACKAGE.parents[2]


def resource_dir(name: str) -> Path:
    """The folder of that name inside the installed package if it is there, else the repository's own."""
    packaged = _PACKAGE / name
    return packaged if packaged.is_dir() else _REPOSITORY / name
