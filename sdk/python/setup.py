"""The extension of the wheel. It holds the C core: that of the sdist (core/), or `make -C ../c` comes first."""
from glob import glob

from setuptools import Extension, setup

packaged = sorted(glob("core/src/*.c"))
core = Extension(
    "coven._core",
    sources=sorted(glob("src/*.c")) + packaged,
    include_dirs=["core/include", "core/src"] if packaged else ["../c/include"],
    define_macros=[("_GNU_SOURCE", None)],
    extra_compile_args=["-std=c11", "-fvisibility=hidden"],
    extra_objects=[] if packaged else ["../c/build/libcoven.a"],
)
setup(ext_modules=[core])
