"""mTango, the Tango Controls REST API rc3, over a real or a simulated Tango facility."""

from importlib.metadata import version
from pathlib import Path

# In a checkout backends/, fixtures/ and swagger/ lie beside this package; the wheel has
# them inside it (pyproject.toml, package-dir). The import names are the same.
_ROOT = Path(__file__).resolve().parent.parent
if (_ROOT / "pyproject.toml").is_file():
    __path__.append(str(_ROOT))

__version__ = version("mtango-ref")
