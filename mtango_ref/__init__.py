"""mTango, the Tango Controls REST API rc3, over a real or a simulated Tango facility."""

from pathlib import Path

__version__ = "0.1.0"

# In a checkout backends/, fixtures/ and swagger/ lie beside this package; the wheel has
# them inside it (pyproject.toml, package-dir). The import names are the same.
_ROOT = Path(__file__).resolve().parent.parent
if (_ROOT / "pyproject.toml").is_file():
    __path__.append(str(_ROOT))
