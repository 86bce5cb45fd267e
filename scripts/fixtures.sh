#!/usr/bin/env bash
# Makes test/fixtures/ anew with real Keras, in a virtual environment of its own. Only a change of the cases needs it.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 -m venv build/fixtures-venv
build/fixtures-venv/bin/pip install --quiet --requirement test/fixtures/requirements.txt
build/fixtures-venv/bin/python test/fixtures/make_fixtures.py "$@"
