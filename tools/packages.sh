#!/bin/sh
# packages.sh [FOLDER [NAME...]]: builds the SDKs as packages of their ecosystems (docs/packages.md), into FOLDER (build/packages): c, npm, python, maven,
# crate. All have the version of sdk/VERSION. What can't be built here is said, and skipped. Run `make build` first; `make packages` does both.
set -eu
cd "$(dirname "$0")/.."
version=$(cat sdk/VERSION)
out=${1:-build/packages}
if [ $# -gt 0 ]; then shift; fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

say() { printf '%s\n' "packages: $*"; }
has() { command -v "$1" >/dev/null 2>&1; }
# stage_of FOLDER: a copy without what is built, with the C core beside it where the package has it
stage_of() {
    mkdir -p "$stage/$1"
    (cd "sdk/$1" && tar -cf - --exclude=./build --exclude=./target --exclude=./dist --exclude='./test*' --exclude=./template --exclude=node_modules --exclude='*.egg-info' .) | tar -xf - -C "$stage/$1"
    cp LICENSE "$stage/$1/"
}
with_core() {
    mkdir -p "$stage/$1/core"
    cp -r sdk/c/include sdk/c/src "$stage/$1/core/"
}

c() {
    make -s -C sdk/c install PREFIX=/usr/local DESTDIR="$stage/c"
    tar -C "$stage/c" -czf "$out/coven-c-$version-$(uname -m).tar.gz" usr
}

npm_() {
    stage_of node
    sdk=$stage/node
    npx esbuild sdk/node/src/index.ts sdk/node/src/host.ts $(entries testing captures) --bundle --splitting --format=esm --platform=node --target=node20 \
        --outbase=sdk/node/src --outdir="$sdk/dist" --log-level=warning
    npx tsc -p sdk/node/tsconfig.json --composite false --incremental false --tsBuildInfoFile null --emitDeclarationOnly --outDir "$stage/types" >/dev/null
    cp -r "$stage/types/src/." "$sdk/dist/"
    mkdir "$sdk/build" && cp sdk/node/build/coven.node "$sdk/build/"
    rm -rf "$sdk/src" "$sdk/native" "$sdk/Makefile" "$sdk/tsconfig.json"
    node tools/npm-manifest.mjs "$sdk"
    (cd "$sdk" && npm pack --silent --pack-destination "$out" >/dev/null)
}
# Entry points that the SDK has.
entries() { for name in "$@"; do ls "sdk/node/src/$name/index.ts" 2>/dev/null || :; done; }

python() {
    stage_of python
    with_core python
    (cd "$stage/python" && python3 -c 'import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])' "$out" >"$stage/sdist.log" 2>&1) || { cat "$stage/sdist.log" >&2; exit 1; }
    # Of the sdist, by tools in a folder of ours, fetched once.
    tools=build/wheel-tools
    if ! [ -d $tools/wheel ]; then
        python3 -m pip install --quiet --disable-pip-version-check --target "$stage/tools" "setuptools>=68" wheel >"$stage/pip.log" 2>&1 || { say "python: skipped: pip cannot have setuptools and wheel"; return 0; }
        rm -rf $tools && mv "$stage/tools" $tools
    fi
    PYTHONPATH=$PWD/$tools python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$out" "$out/coven-$version.tar.gz"
}

maven() {
    to=$out/maven/coven/coven-sdk/$version
    mkdir -p "$to"
    cp sdk/java/build/coven-sdk.jar "$to/coven-sdk-$version.jar"
    cp sdk/java/pom.xml "$to/coven-sdk-$version.pom"
    jar --create --file "$to/coven-sdk-$version-sources.jar" -C sdk/java/src/main/java .
    javadoc -quiet -Xdoclint:all,-missing -d "$stage/javadoc" -sourcepath sdk/java/src/main/java coven coven.testing
    jar --create --file "$to/coven-sdk-$version-javadoc.jar" -C "$stage/javadoc" .
    pcap4j
}
# The view for Pcap4J depends on it: compiled where Maven can have it.
pcap4j() {
    to=$out/maven/coven/coven-pcap4j/$version
    cp -r sdk/java/pcap4j "$stage/pcap4j"
    has mvn || { say "coven-pcap4j: skipped: there is no mvn"; return 0; }
    wanted=$(sed -n 's|.*<artifactId>pcap4j-core</artifactId><version>\(.*\)</version>.*|\1|p' sdk/java/pcap4j/pom.xml)
    central="-Dmaven.repo.local=$PWD/build/m2"
    mvn -q -B "$central" dependency:copy "-Dartifact=org.pcap4j:pcap4j-core:$wanted" "-DoutputDirectory=$stage/pcap4j/lib" >"$stage/mvn.log" 2>&1 || { say "coven-pcap4j: skipped: Maven cannot get Pcap4J"; return 0; }
    mkdir -p "$to"
    javac --release 17 -Xlint:all -Werror -cp "sdk/java/build/coven-sdk.jar:$(ls "$stage"/pcap4j/lib/*.jar)" -d "$stage/pcap4j/classes" "$stage"/pcap4j/src/main/java/coven/pcap4j/*.java
    jar --create --file "$to/coven-pcap4j-$version.jar" -C "$stage/pcap4j/classes" .
    jar --create --file "$to/coven-pcap4j-$version-sources.jar" -C sdk/java/pcap4j/src/main/java .
    cp sdk/java/pcap4j/pom.xml "$to/coven-pcap4j-$version.pom"
    # What the test of the artifacts needs of Maven Central, so that it can run without a network.
    rm -rf build/m2/coven
    cp -r conformance/packages/maven "$stage/through"
    (cd "$stage/through" && mvn -q -B "$central" "-Dcoven.version=$version" "-Dcoven.repository=file://$out/maven" compile dependency:copy-dependencies >"$stage/mvn.log" 2>&1) || { cat "$stage/mvn.log" >&2; exit 1; }
}

crate() {
    stage_of rust
    with_core rust
    # Examples and tests stand outside of the crate.
    sed -i '/^\[\[example\]\]/,/^path/d' "$stage/rust/Cargo.toml"
    rm -rf "$stage/rust/examples" "$stage/rust/Makefile"
    (cd "$stage/rust" && cargo package --quiet --offline --no-verify --allow-dirty --target-dir "$stage/target" 2>"$stage/cargo.log") || { cat "$stage/cargo.log" >&2; exit 1; }
    cp "$stage/target/package/coven-$version.crate" "$out/"
}

[ $# -gt 0 ] || set -- c npm python maven crate
for name in "$@"; do
    case $name in
    c) c ;;
    npm) if has npm; then npm_; else say "npm: skipped: there is no npm"; fi ;;
    python) if python3 -m pip --version >/dev/null 2>&1; then python; else say "python: skipped: python3 has no pip (package python3-pip)"; fi ;;
    maven) if has javac; then maven; else say "maven: skipped: there is no javac"; fi ;;
    crate) if has cargo; then crate; else say "crate: skipped: there is no cargo"; fi ;;
    *) say "there is no package $name: c, npm, python, maven, crate"; exit 2 ;;
    esac
done
