# build.sh SDK [HOST ENTRY]: says the version of Lua that the host is built with; with more words builds it, and checks the script.
set -eu
here=$(dirname "$0") sdk=$1
flags=$(pkg-config --cflags --libs lua5.4 2>/dev/null || echo "-I/usr/include/lua5.4 -llua5.4")
if [ $# = 1 ]; then
    printf '#include <lua.h>\nLUA_RELEASE\n' | cc -E -P $flags - 2>/dev/null | tail -n 1 | sed 's/" *"//g; s/"//g' | grep Lua || { echo "Lua's headers are missing: install liblua5.4-dev" >&2; exit 1; }
    exit 0
fi
cc -O2 -Wall -o "$2" "$here/host.c" "-I$sdk/include" "$sdk/build/libcoven.a" $flags -lm
exec "$2" --check "$3"
