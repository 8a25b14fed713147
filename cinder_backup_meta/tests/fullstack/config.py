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

"""The configuration files of Cinder's services, each a process of its own."""

import configparser
import os
import sys

from cinder_backup_meta.embedded import config
from cinder_backup_meta.embedded import openrc

HOST = config.HOST
BACKEND = config.BACKEND


def _beside(program):
    """Return the path of a program of this virtual environment."""
    return os.path.join(os.path.dirname(sys.executable), program)


def write(path, sections):
    """Write options, as {section: {option: value}}."""
    parser = configparser.RawConfigParser(default_section='')
    parser.optionxform = str
    parser.read_dict(sections)
    with open(path, 'w') as stream:
        parser.write(stream)
    return path


def _several_processes(folder, database, catalog, messages):
    """Return what is another than where all of Cinder is one process."""
    files = [folder.config, folder.path + '/servers.conf']
    helper = ' '.join(
        [_beside('privsep-helper'), *(f'--config-file {n}' for n in files)]
    )
    return {
        'DEFAULT': {'transport_url': messages},
        'database': {'connection': database, 'max_overflow': 100},
        'backup_meta_catalog': {'connection': catalog},
        # Cinder's default is too little for a page of records.
        'oslo_middleware': {'max_request_body_size': 4 * 2**20},
        # Their default is sudo.
        'privsep_osbrick': {'helper_command': helper},
        'cinder_sys_admin': {'helper_command': helper},
    }


def write_all(
    folder, endpoint, urls, stock=False, options=None, identity=None
):
    """Write what all of the services have in common.

    :param folder: an embedded control plane's state folder
    :param urls: where Cinder's database, the catalog and the broker are
    :param options: options to set, as {section: {option: value}}
    :param identity: options of who checks the tokens; by default nobody does
    :returns: the paths of the files, in the order to read them in
    """
    config.write(folder, stock=stock, debug=False)
    openrc.write(folder, endpoint)
    return [
        folder.config,
        write(folder.path + '/identity.conf', identity or {}),
        write(
            folder.path + '/servers.conf', _several_processes(folder, *urls)
        ),
        write(folder.path + '/test.conf', options or {}),
    ]
