#!/usr/bin/env bash
# Debian packages that Kulant needs beside Python: `runtime` to draw letters, `test` for the tests as well.
# Says nothing when all are there; as root it installs what is missing; otherwise it prints the command to run.
set -euo pipefail

runtime=(
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libfontconfig1
    libharfbuzz-subset0 # without it a letter takes three to six times as long, and nothing fails
    fonts-dejavu-core   # the last resort for a letter that the document font lacks
)
test=(postgresql chromium poppler-utils dovecot-imapd)

# Debian splits `venv` from its own Python; a Python from elsewhere brings it along.
python=${PYTHON:-python3}
if [[ $(readlink -f "$(command -v "$python")") == /usr/bin/python3* ]]; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    runtime+=("python$version-venv")
fi

case ${1:-} in
    runtime) wanted=("${runtime[@]}") ;;
    test) wanted=("${runtime[@]}" "${test[@]}") ;;
    *) echo "usage: $0 runtime|test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: see that the equivalents of these are installed: ${wanted[*]}" >&2
    exit 0
fi

missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query -W -f='${db:Status-Status} ' "$package" 2>/dev/null || true)
    [[ $status == *"installed "* && $status != *"not-installed "* ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ $(id -u) -ne 0 ]]; then
    echo "error: Debian packages are missing. Run this, then try again:" >&2
    echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

if [[ " ${missing[*]} " == *" postgresql "* ]]; then
    # The tests start their own server; Debian need not make and start one for the machine.
    mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/kulant.conf
fi
echo "Installing Debian packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
