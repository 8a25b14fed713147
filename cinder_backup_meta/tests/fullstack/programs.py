# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""The programs that the full stack needs beside Python's.

It needs no more than Python, so that tools/run-tests can ask it.
"""

import os
import shutil

#: What is run, and the Debian package that it comes with.
PACKAGES = {
    'mysqld': 'mariadb-server',
    'mysql_install_db': 'mariadb-server',
    'mysql': 'mariadb-client',
    'rabbitmq-server': 'rabbitmq-server',
    'epmd': 'erlang-base',
}

#: Where the packages put what is not on everybody's PATH.
FOLDERS = ('/usr/sbin', '/usr/libexec', '/usr/lib/rabbitmq/bin')


def missing():
    """Return in words what is not installed, and how to; None if all is."""
    path = os.pathsep.join((os.environ.get('PATH', os.defpath), *FOLDERS))
    absent = [
        name for name in PACKAGES if shutil.which(name, path=path) is None
    ]
    if not absent:
        return None
    packages = ' '.join(sorted({PACKAGES[name] for name in absent}))
    return f'{", ".join(absent)} not installed: apt install {packages}'
