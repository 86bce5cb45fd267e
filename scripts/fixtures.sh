#!/usr/bin/env bash
# Regenerates test/fixtures/ with Keras, in a separate virtual environment. Needed only when the cases change.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 -m venv build/fixtures-venv
build/fixtures-venv/bin/pip install --quiet --requirement test/fixtures/requirements.txt
build/fixtures-venv/bin/python test/fixtures/make_fixtures.py "$@"
