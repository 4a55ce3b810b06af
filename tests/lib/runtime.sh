# SPDX-License-Identifier: Apache-2.0
# For scripts that build the runtime for another C library or processor: with $root, $out and $cc set, compiles what runs
# in the program's threads and what ties it to the process. Sets $objects to what a test of the recorder is linked with.
objects=
for source in "$root"/runtime/record/*.c; do
    objects="$objects $out/record-$(basename "$source" .c).o"
    $cc -c "$source" -o "$out/record-$(basename "$source" .c).o"
done
for part in exporter file instance load log options process sandbox session wrap; do
    $cc -c "$root/runtime/export/$part.c" -o "$out/export-$part.o"
done
$cc -c "$root/tests/record/collect.c" -o "$out/collect.o"
$cc -shared "$root/tests/record/module.c" -o "$out/module.so"
objects="$out/collect.o $objects"
