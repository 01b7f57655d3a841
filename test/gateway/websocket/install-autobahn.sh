#!/usr/bin/env bash
# Puts Autobahn's fuzzing client into the folder named by the argument, as FOLDER/wstest. Its current release needs
# Python 2.7, which Debian had last in version 11: those packages are unpacked there, and nothing is installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/debs" && cd "$1"
# The mirror that this machine uses: what it would fetch any package from.
mirror=$(apt-get download --print-uris hostname | sed -E "s#^'(.*)/pool/.*#\1#")
for package in \
  p/python2.7/python2.7_2.7.18-8+deb11u1 p/python2.7/python2.7-minimal_2.7.18-8+deb11u1 \
  p/python2.7/libpython2.7-stdlib_2.7.18-8+deb11u1 p/python2.7/libpython2.7-minimal_2.7.18-8+deb11u1 \
  libf/libffi/libffi7_3.3-6 o/openssl/libssl1.1_1.1.1w-0+deb11u1; do
  file=debs/$(basename "$package")_amd64.deb
  curl -fsS --max-time 60 -o "$file" "$mirror/pool/main/${package}_amd64.deb"
  dpkg -x "$file" root
done
cat >python <<END
#!/bin/sh
LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu PYTHONHOME=$PWD/root/usr PYTHONPATH=$PWD/site \\
  exec $PWD/root/usr/bin/python2.7 "\$@"
END
chmod +x python
# The last pip that runs on Python 2.7; and setuptools first, for packages that come as source.
python3 -m pip download --quiet --no-deps --dest . pip==20.3.4
pip=(./python pip-20.3.4-py2.py3-none-any.whl/pip --disable-pip-version-check --no-python-version-warning install --quiet --no-deps --target site)
"${pip[@]}" setuptools==44.1.1 wheel==0.36.2
"${pip[@]}" --no-build-isolation -r "$here/autobahn-requirements.txt"
touch site/zope/__init__.py
cat >wstest.new <<END
#!/bin/sh
exec $PWD/python -W ignore -c 'from autobahntestsuite.wstest import run; run()' "\$@"
END
chmod +x wstest.new
./wstest.new --autobahnversion >/dev/null
mv wstest.new wstest
