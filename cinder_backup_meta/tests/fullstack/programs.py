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

It needs nothing but Python: tools/run-tests uses it.
"""

import glob
import os
import re
import shutil

#: Names the database that Cinder and the catalog are to have.
VARIABLE = 'FULLSTACK_DATABASE'

#: What is run, and the Debian package that it comes with.
PACKAGES = {
    'rabbitmq-server': 'rabbitmq-server',
    'epmd': 'erlang-base',
}

#: What is run beside it with each database.
DATABASES = {
    'mariadb': {
        'mysqld': 'mariadb-server',
        'mysql_install_db': 'mariadb-server',
        'mysql': 'mariadb-client',
    },
    'postgresql': {
        'initdb': 'postgresql',
        'postgres': 'postgresql',
    },
}


def newest_first(folders):
    """Sort folders of releases by the numbers in their names."""
    return sorted(
        folders,
        key=lambda name: [int(part) for part in re.findall(r'\d+', name)],
        reverse=True,
    )


#: Where the packages put what is not on everybody's PATH.
FOLDERS = (
    '/usr/sbin',
    '/usr/libexec',
    '/usr/lib/rabbitmq/bin',
    *newest_first(glob.glob('/usr/lib/postgresql/*/bin')),
)


def wanted_database():
    """Return which of DATABASES the environment asks for."""
    name = os.environ.get(VARIABLE, 'mariadb')
    if name not in DATABASES:
        raise ValueError(f'{VARIABLE}={name}: one of {", ".join(DATABASES)}')
    return name


def missing(database=None):
    """Return in words what is not installed, and how to; None if all is.

    :param database: one of DATABASES; None for the one that is wanted
    """
    needed = {**DATABASES[database or wanted_database()], **PACKAGES}
    path = os.pathsep.join((os.environ.get('PATH', os.defpath), *FOLDERS))
    absent = [name for name in needed if shutil.which(name, path=path) is None]
    if not absent:
        return None
    packages = ' '.join(sorted({needed[name] for name in absent}))
    return f'{", ".join(absent)} not installed: apt install {packages}'
