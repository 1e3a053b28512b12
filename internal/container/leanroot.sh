#!/bin/sh
# Builds the root of a container that holds the program, its certificates and
# nothing else: leanroot.sh DIRECTORY [PROGRAM]. Without PROGRAM it is compiled.
# CA_BUNDLE is the file with the certificates.
# What it compiles has no pages, no --template and --query, no War Room, drills and manual pages
# (build tag lean).
set -eu

root=${1:?usage: leanroot.sh DIRECTORY [PROGRAM]}
program=${2-}
bundle=${CA_BUNDLE-/etc/ssl/certs/ca-certificates.crt}
source=$(cd "$(dirname "$0")/../.." && pwd)

[ -r "$bundle" ] || { echo "leanroot.sh: no certificates in $bundle: let CA_BUNDLE name a file that has them" >&2; exit 1; }

mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs" "$root/tmp" "$root/work"
chmod 1777 "$root/tmp"
chmod 0755 "$root/work"
cp "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"
chmod 0644 "$root/etc/ssl/certs/ca-certificates.crt"
echo 'demisto:x:4000:4000::/work:/' >"$root/etc/passwd" # the user of the platform's own images
echo 'demisto:x:4000:' >"$root/etc/group"

if [ -n "$program" ]; then
  cp "$program" "$root/usr/local/bin/msgraph-user"
else
  # Calls that are not inlined save a tenth of the size. They cost nothing that can
  # be measured where a command waits for the network; the packages that every line
  # passes through are spared.
  slim='-tags=lean -gcflags=std=-l -gcflags=github.com/...=-l'
  slim="$slim -gcflags=gopkg.in/...=-l -gcflags=golang.org/...=-l -gcflags=msgraph-user/...=-l"
  for package in runtime internal/runtime/... reflect strconv bytes unicode/utf8 encoding/json \
    msgraph-user/graph msgraph-user/internal/rpc msgraph-user/internal/rawjson msgraph-user/internal/xsoar \
    msgraph-user/internal/httpclient msgraph-user/internal/engine msgraph-user/internal/container; do
    slim="$slim -gcflags=$package="
  done
  bin=$(cd "$root/usr/local/bin" && pwd)
  # shellcheck disable=SC2086 # one flag a word
  (cd "$source" && CGO_ENABLED=0 go build -trimpath $slim \
    -ldflags "-s -w" -o "$bin/msgraph-user" .)
fi
chmod 0755 "$root/usr/local/bin/msgraph-user"
for name in python python3; do # the platform starts its loop under these names
  ln -sf msgraph-user "$root/usr/local/bin/$name"
done
