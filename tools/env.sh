# Sourced by the Makefile's recipes: a Node of our own, where the system's is too old, goes first.
if [ -x build/node/node_modules/node/bin/node ]; then PATH="$PWD/build/node/node_modules/node/bin:$PATH"; fi
export PATH
