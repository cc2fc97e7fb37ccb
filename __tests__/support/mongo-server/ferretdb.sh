#!/usr/bin/env bash
# Builds FerretDB 1.24 with Go, and runs the suite of MongoStore on it, except the tests of the list below. Not a part
# of CI. Arguments are for Jest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

# The tests that are left out, by the end of their names.
left_out=(
  # An update that a unique index refuses fails without the code of a duplicate key, so that a writer does not repeat it.
  'items belong to one thread: the same id in another is another item'
  'deleteIdleThread keeps a thread with a newer item, and a thread that was created again'
  'deleteIdleThread and a new item at once: the thread is kept, or the item is refused'
  'a thread deleted during adds leaves nothing behind'
  'race: a thread that is answered again while it is deleted stays deleted'
  'random operations are answered as by a model'
  # Two updates at once can both find the row that only one of them should find.
  'a lease of attachments that were never sent and a message at the same moment: one of them gets it'
  'of two threads that want an attachment at once, one gets it'
  'leases of one duration do not overlap, and one deletion of an attachment counts'
  'race: a renamed thread that is deleted stays deleted'
  'race: a thread whose metadata changes while it is deleted stays deleted'
  'race: of two outputs for one call one is stored and the other is refused'
  'race: of the calls of one turn that are completed at once exactly one is the last'
  'race: a new title and a new key of the metadata are both kept'
  'race: two new keys of the metadata are both kept'
)

work=$(mktemp -d)
trap 'kill "${server:-}" 2> /dev/null || true; rm -rf "$work"' EXIT

version=v1.24.0
module=$(cd "$work" && go mod download -json "github.com/FerretDB/FerretDB@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
cp -r "$module" "$work/source"
chmod -R u+w "$work/source"
printf '%s' "$version" > "$work/source/build/version/version.txt"
(cd "$work/source" && go build -tags ferretdb_dev -o "$work/ferretdb" ./cmd/ferretdb)

mkdir "$work/data"
"$work/ferretdb" --handler=sqlite --sqlite-url="file:$work/data/" --listen-addr=127.0.0.1:27027 --debug-addr=- \
  --telemetry=disable --state-dir="$work/data" --log-level=error &
server=$!
until (exec 3<> /dev/tcp/127.0.0.1/27027) 2> /dev/null; do sleep 0.1; done

echo 'Left out on FerretDB:'
printf '  %s\n' "${left_out[@]}"
pattern=$(printf '|%s' "${left_out[@]}")
MONGO_URL=mongodb://127.0.0.1:27027/test npx jest __tests__/stores/mongodb-suite \
  --testNamePattern="^(?!.*(${pattern:1})$)" "$@"
