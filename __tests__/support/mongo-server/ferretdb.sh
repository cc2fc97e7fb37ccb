#!/usr/bin/env bash
# Builds FerretDB 1.24 with Go, and runs the suite of MongoStore on it. Not a part of CI, because FerretDB's conditional
# updates are not atomic and report a duplicate key of an update without the code of a duplicate key. The tests of
# races for one row, of leases of attachments, and of threads that are deleted at the same moment therefore fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

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
sleep 3
MONGO_URL=mongodb://127.0.0.1:27027/test npx jest __tests__/stores/mongodb-suite "$@"
