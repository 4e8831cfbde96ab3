"""Build hook: compiles the core where there is a C compiler, and says so where there is none.

Hatchling calls `CoreBuildHook.initialize` for each wheel, also an editable one. Cython writes the C source and
setuptools runs the compiler; whatever goes wrong there leaves a wheel of plain Python, which gives the same
answers.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CORE = Path("src/whichcode/core")


class CoreBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``whichcode/core/_*.so`` to the wheel and gives it the tag of this Python and platform."""

    PLUGIN_NAME = "custom"
    folder: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless ``WHICHCODE_PURE`` is set; a wheel that must be compiled sets ``WHICHCODE_COMPILE``."""
        if os.environ.get("WHICHCODE_PURE", "0") not in ("", "0"):
            return
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="whichcode-core-"))
            built = _compiled(Path(self.root), self.folder)
        except BaseException as error:  # setuptools ends a failed compilation with SystemExit
            if isinstance(error, KeyboardInterrupt) or os.environ.get("WHICHCODE_COMPILE"):
                raise
            self.app.display_warning(
                f"whichcode is installed without its compiled core, and so answers slower: {error!r}"
            )
            return
        for path in built:
            if version == "editable":
                shutil.copy2(path, Path(self.root) / CORE / path.name)
            else:
                build_data["force_include"][str(path)] = f"whichcode/core/{path.name}"
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled, which is in the wheel now."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _compiled(root: Path, folder: Path) -> list[Path]:
    """Compile the core in `folder` and return what became of it."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    options = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0"]
    extension = Extension(
        "whichcode.core._core",
        [str(root / CORE / "_core.pyx")],
        include_dirs=[str(root / CORE)],
        extra_compile_args=options,
    )
    distribution = Distribution(
        {"ext_modules": cythonize([extension], build_dir=str(folder / "c"), quiet=True, language_level=3)}
    )
    command = build_ext(distribution)
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "temp")
    command.ensure_finalized()
    command.run()
    return [Path(output) for output in command.get_outputs()]
