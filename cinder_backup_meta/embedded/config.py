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

"""The configuration files that the control plane writes for itself."""

import importlib.metadata
import os
import sys

from cinder_backup_meta.embedded import exception
from cinder_backup_meta.embedded import state

HOST = 'embedded'
BACKEND = 'files'

#: The options that load the plugin into Cinder.
PLUGIN = """
backup_manager = cinder_backup_meta.manager.BackupManager
backup_api_class = cinder_backup_meta.api.API
osapi_volume_extension = cinder.api.contrib.standard_extensions
osapi_volume_extension = cinder_backup_meta.rest.extension.Backup_records
"""

_CONFIG = """\
# Written anew at each start of cinder-backup-meta-embedded: changes are lost.
# Put your own settings into another file and name it with --config-file;
# it is read after this one.

[DEFAULT]
{plugin}
host = {host}
my_ip = 127.0.0.1
storage_availability_zone = nova
state_path = {state.path}
log_file = {state.log}
debug = {debug}

# Everything runs in one process: messages go through its memory.
transport_url = fake://

# Tokens name their user and are not checked (see api-paste.ini).
auth_strategy = noauth
api_paste_config = {state.paste}
resource_query_filters_file = {filters}
# Cinder takes a project in a URL only if it looks like a UUID; these names
# are not among its collections, and cannot be mistaken for one.
project_id_regex = [0-9a-f\\-]+|admin|demo|project-[0-9a-zA-Z_\\-]+

# cinder-volume runs before the scheduler asks it for its capabilities.
scheduler_driver_init_wait_time = 1

enabled_backends = {backend}

backup_driver = cinder.backup.drivers.posix.PosixBackupDriver
backup_posix_path = {state.backups}
# The driver keeps one such file in memory, and the default is 2 GB.
backup_file_size = 67108864
backup_compression_algorithm = zstd

[{backend}]
volume_driver = cinder_backup_meta.embedded.volume_driver.SparseFileDriver
volume_backend_name = {backend}

[database]
connection = sqlite:///{state.database}

[coordination]
backend_url = file://{state.coordination}

[oslo_concurrency]
lock_path = {state.locks}

[oslo_middleware]
# Allows one request to import 1,000 records.
max_request_body_size = 4194304

[oslo_policy]
# Not generated; without this file Cinder's default rules apply.
policy_file = {state.policy}
# This is the default only from Cinder 29 on.
enforce_new_defaults = true
"""

_NOAUTH = 'cinder.api.middleware.auth:NoAuthMiddleware.factory'
_TOKENS = 'cinder_backup_meta.embedded.auth:TokenMiddleware.factory'


def etc_file(name: str) -> str:
    """Return the path of a file of ``etc/cinder`` of the installed Cinder.

    :raises EmbeddedError: if it has no such file
    """
    wanted = os.path.join('etc', 'cinder', name)
    found = [
        str(file.locate())
        for file in importlib.metadata.files('cinder') or ()
        if str(file).endswith(wanted)
    ]
    # A Cinder installed from its source tree does not list its data files.
    found.append(os.path.join(sys.prefix, wanted))
    for path in found:
        if os.path.exists(path):
            return os.path.realpath(path)
    raise exception.EmbeddedError(
        f"the installed Cinder lacks its {wanted}: install it from PyPI with "
        "pip install 'cinder-backup-meta[embedded]'"
    )


def _paste() -> str:
    with open(etc_file('api-paste.ini'), encoding='utf-8') as stream:
        text = stream.read()
    if _NOAUTH not in text:
        raise exception.EmbeddedError(
            "the installed Cinder's api-paste.ini does not name "
            f'{_NOAUTH}: this release of Cinder is not supported'
        )
    return text.replace(_NOAUTH, _TOKENS)


def write(folder: state.StateFolder, *, stock: bool, debug: bool) -> None:
    """Write cinder.conf and api-paste.ini into the state folder.

    :param stock: do not load the plugin, for comparisons
    :param debug: log at debug level
    """
    text = _CONFIG.format(
        state=folder,
        host=HOST,
        backend=BACKEND,
        debug=debug,
        filters=etc_file('resource_filters.json'),
        plugin='' if stock else PLUGIN,
    )
    for path, content in ((folder.config, text), (folder.paste, _paste())):
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(content)
