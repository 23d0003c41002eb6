"""The extension of the wheel. It holds the C core: `make -C ../c` comes first."""
from glob import glob

from setuptools import Extension, setup

core = Extension(
    "coven._core",
    sources=sorted(glob("src/*.c")),
    include_dirs=["../c/include"],
    define_macros=[("_GNU_SOURCE", None)],
    extra_compile_args=["-std=c11", "-fvisibility=hidden"],
    extra_objects=["../c/build/libcoven.a"],
)
setup(ext_modules=[core])
