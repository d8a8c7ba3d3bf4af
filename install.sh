#!/bin/sh
# Make the environment that `make run` and `make test` use: a virtual environment in $1, with the
# locked versions on Python 3.11 to 3.13 on Linux, and pyproject.toml's ranges elsewhere. With
# `latest` as $2: the newest of every range.
set -eu
venv=$1
which=${2:-locked}

for candidate in "${PYTHON:-}" python3.11 python3 python3.12 python3.13; do
  [ -n "$candidate" ] || continue
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "${python:-}" ]; then
  echo "basefit needs Python 3.11 or newer: install one, or name it: PYTHON=/path/to/python3.11 make" >&2
  exit 2
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
echo "basefit: setting up with Python $version in $venv (once; about 2 GB, several more with CUDA)"
rm -rf "$venv"
"$python" -m venv "$venv"
pip() {
  if [ -t 1 ]; then
    "$venv/bin/python" -m pip --disable-pip-version-check "$@"
  else
    "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"
  fi
}

# An NVIDIA driver or card that the usual torch does not run on: the build that does, which uv finds.
build=
if [ "$(uname -s)" = Linux ] && smi=$(nvidia-smi --query-gpu=driver_version,compute_cap --format=csv,noheader 2>/dev/null); then
  build=$(printf '%s\n' "$smi" | "$python" -c 'import sys; from catalog.hardware.torch_builds import build_for; print(build_for(sys.stdin.read()))')
fi
torch_for_the_driver() {
  [ -n "$build" ] || return 0
  echo "basefit: this NVIDIA driver, or this card, needs another build of torch: $1 for $build"
  pip install uv && "$venv/bin/python" -m uv pip install --python "$venv/bin/python" --reinstall-package torch "$1" --torch-backend "$build" && return 0
  echo "basefit: that build could not be had, and the usual torch will not use the card. Later, with the network at hand:" >&2
  echo "  $venv/bin/python -m uv pip install --python $venv/bin/python --reinstall-package torch '$1' --torch-backend $build" >&2
}

case "$which $version $(uname -s)" in
  "locked 3.11 Linux" | "locked 3.12 Linux" | "locked 3.13 Linux")
    echo "basefit: 1/2 the locked packages (requirements.lock): torch, transformers, textual, ...: a minute or more"
    torch_for_the_driver "$(grep '^torch==' requirements.lock)"
    pip install -r requirements.lock
    echo "basefit: 2/2 basefit itself"
    pip install --no-deps --no-build-isolation -e .
    ;;
  *)
    echo "basefit: the packages of pyproject.toml: torch, transformers, textual, ..."
    pip install --upgrade --upgrade-strategy eager -e '.[dev]'
    torch_for_the_driver 'torch>=2.11,<2.15'
    ;;
esac
echo "basefit: ready"
