# Shared by the scripts beside it, which source it: a Python, a virtual environment, and what the system must have.
# Whatever is there already is left alone, so running any of them again is quick and safe.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv="$top/.venv"
# Asked here, since the commands below don't get our standard input.
[ -t 0 ] && interactive=yes || interactive=

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "scripts/$(basename "$0"): $*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# -- Python --------------------------------------------------------------------------------------------------

# A name on PATH may be a wrapper for a version that isn't installed, or a build without what we need: ask it.
fits() { "$1" -c 'import sys, ctypes, sqlite3, ssl, zlib; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${EWSFS_PYTHON:-python3.13 python3.12 python3.11 python3.10 python3 python}; do
        if have "$candidate" && fits "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    return 1
}

# Debian and Ubuntu keep ensurepip, without which there is no pip in a virtual environment, in a package of its own.
make_venv() {
    local python version
    if [ -x "$venv/bin/python" ] && fits "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return 0
    fi
    python=$(find_python) || fail "Python 3.10 or newer, with its ssl and sqlite3 modules, is needed and wasn't found;" \
        "install it with the system's package manager (python3)."
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "Installing Python's venv module."
        install_packages "python$version-venv" || install_packages python3-venv ||
            fail "Python's venv module is missing; install the package python$version-venv (or python3-venv)."
    fi
    rm -rf "$venv"
    "$python" -m venv "$venv" || fail "the virtual environment $venv couldn't be made."
}

# install_ewsfs EXTRAS: the package into the virtual environment, unless this very state of setup.cfg is there.
# EXTRAS: "" or e.g. "[test]"; one with more is good for one with less.
install_ewsfs() {
    local stamp="$venv/ewsfs-installed" state
    make_venv
    state=$(cat "$top/setup.cfg" "$top/pyproject.toml" <(printf '%s' "$top") | cksum)
    if grep -qsxF "$state $1" "$stamp"; then
        return 0
    fi
    say "Installing the package and what it needs into .venv (once; this can take a minute)."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --use-pep517 --editable "$top$1" ||
        fail "pip couldn't install the package; what it said stands above."
    grep -sF "$state " "$stamp" >"$stamp.new"
    printf '%s %s\n' "$state" "$1" >>"$stamp.new"
    # What an extra needs holds what the package alone needs, and the tests use both bindings.
    [ -z "$1" ] || printf '%s %s\n' "$state" "" >>"$stamp.new"
    [ "$1" != "[test]" ] || printf '%s %s\n' "$state" "[fuse3]" >>"$stamp.new"
    mv "$stamp.new" "$stamp"
}

# -- the system's packages -----------------------------------------------------------------------------------

# as_root COMMAND...: run it as root, or fail when we can't be root. Never waits for a password without a terminal.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo && [ -n "$interactive" ]; then
        sudo "$@"
    elif have sudo; then
        sudo -n "$@"
    else
        return 1
    fi
}

# apt-get waits by itself for dpkg's lock, but not for that of the package lists.
apt_update() {
    local try
    for try in 1 2 3 4 5 6; do
        as_root apt-get -qq update >/dev/null 2>&1 && return 0
        [ "$try" -eq 6 ] || sleep 5
    done
    return 1
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=180 -qq install --yes --no-install-recommends "$@" \
        </dev/null >/dev/null
}

manager() {
    local name
    for name in apt-get dnf pacman zypper; do
        if have "$name"; then
            printf '%s' "$name"
            return 0
        fi
    done
    return 1
}

# install_packages PACKAGE...: with the system's package manager; what went wrong is left on stderr.
install_packages() {
    case $(manager) in
        # Lists may be missing (a fresh container) or old (a package that is gone from the mirror): update, then again.
        apt-get) apt_install "$@" 2>/dev/null || { apt_update && apt_install "$@"; } ;;
        dnf) as_root dnf --quiet --assumeyes install "$@" </dev/null >/dev/null ;;
        pacman) as_root pacman --sync --needed --noconfirm "$@" </dev/null >/dev/null 2>&1 ||
            as_root pacman --sync --refresh --needed --noconfirm "$@" </dev/null >/dev/null ;;
        zypper) as_root zypper --quiet --non-interactive install "$@" </dev/null >/dev/null ;;
        *) return 1 ;;
    esac
}

# The first of several names that apt knows: Debian 13 and Ubuntu 24.04 renamed libfuse2.
apt_name() {
    local name
    for name in "$@"; do
        if [ -n "$(apt-cache --quiet=2 policy "$name" 2>/dev/null | sed -n 's/^ *Candidate: *\([^(].*\)/\1/p')" ]; then
            printf '%s' "$name"
            return 0
        fi
    done
    printf '%s' "${!#}"
}

# The package that has a thing, one of: libfuse2 fusermount, or a program.
package_of() {
    case "$(manager) $1" in
        "apt-get libfuse2") apt_name libfuse2t64 libfuse2 ;;
        "dnf libfuse2") printf 'fuse-libs' ;;
        "pacman libfuse2") printf 'fuse2' ;;
        *" libfuse2") printf 'libfuse2' ;;
        # fuse3, not fuse: on Debian the two exclude each other, and fuse3 has both `fusermount3` and `fusermount`.
        "dnf fusermount") printf 'fuse fuse3' ;;
        *" fusermount") printf 'fuse3' ;;
        *" getfattr") printf 'attr' ;;
        "apt-get vim") printf 'vim-tiny' ;;
        "dnf vim") printf 'vim-enhanced' ;;
        "apt-get gio") printf 'libglib2.0-bin' ;;
        "zypper gio") printf 'glib2-tools' ;;
        *" gio") printf 'glib2' ;;
        *" Thunar") printf 'thunar' ;;
        "apt-get Xvfb") printf 'xvfb' ;;
        "dnf Xvfb") printf 'xorg-x11-server-Xvfb' ;;
        "pacman Xvfb") printf 'xorg-server-xvfb' ;;
        *" Xvfb") printf 'xorg-x11-server-extra' ;;
        "apt-get dbus-daemon") apt_name dbus-daemon dbus ;;
        "zypper dbus-daemon" | "zypper dbus-run-session") printf 'dbus-1-daemon' ;;
        "pacman dbus-daemon") printf 'dbus' ;;
        *" dbus-run-session") printf 'dbus-daemon' ;;
        *) printf '%s' "$1" ;;
    esac
}

# Asked of the Python that will load it, in the way that the FUSE bindings look for it.
has_library() {
    "$venv/bin/python" -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library(sys.argv[1]))' "$1" 2>/dev/null
}

is_there() {
    case "$1" in
        libfuse2) has_library fuse ;;
        libfuse3) has_library fuse3 ;;
        fusermount) have fusermount || { [ "$(id -u)" -eq 0 ] && have fusermount3; } ;;
        vim) have vim || have vim.tiny ;;
        *) have "$1" ;;
    esac
}

# need THING...: install what is missing of these; says in one sentence what to install where that can't be done.
# Returns 1 when something is still missing.
need() {
    local thing missing=() packages=()
    for thing in "$@"; do
        is_there "$thing" || missing+=("$thing")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(manager)" = apt-get ] && [ -z "$(apt-cache --quiet=2 policy libc6 2>/dev/null | grep -E '://')" ]; then
        apt_update
    fi
    for thing in "${missing[@]}"; do
        # shellcheck disable=SC2207  # names of packages, split at spaces on purpose
        packages+=($(package_of "$thing"))
    done
    say "Installing ${packages[*]}."
    if ! install_packages "${packages[@]}"; then
        # One that isn't to be had must not keep the others away.
        for thing in "${packages[@]}"; do
            install_packages "$thing" 2>/dev/null
        done
    fi
    hash -r
    packages=()
    for thing in "${missing[@]}"; do
        # shellcheck disable=SC2207
        is_there "$thing" || packages+=($(package_of "$thing"))
    done
    [ "${#packages[@]}" -gt 0 ] || return 0
    say "scripts/$(basename "$0"): please install ${packages[*]} with the system's package manager;" \
        "that couldn't be done from here."
    return 1
}
