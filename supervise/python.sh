# Sourced by ./start and ./test: sets $python to a Python that can run Doodlescape, or says why not.
# PYTHON=/path/to/python chooses one. Plain sh, so that it runs where no Python is.

# Prints the program itself: python3 may be a script that looks for one each time.
suited() {
    "$1" -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 14) and print(sys.executable)' 2>/dev/null
}

python=
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    python=$(suited "$candidate")
    if [ -n "$python" ]; then break; fi
done

if [ -z "$python" ]; then
    found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no Python")
    echo "doodlescape: needs Python 3.11 to 3.14, found $found." \
         "Install one, or name it: PYTHON=/path/to/python3.12 $0" >&2
    exit 1
fi
