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

"""The files that point the clients at the control plane.

One set of variables serves both clients, in two ways: ``OS_AUTH_TYPE`` is not
set because each of them would need another value there. The cinder client also
reads the older ``OS_AUTH_SYSTEM``, the openstack client reads clouds.yaml.
"""

import shlex

from cinder_backup_meta.embedded import state

_OPENRC = """\
# Written anew at each start of cinder-backup-meta-embedded.
# Source it to point the cinder and openstack clients at the control plane:
#   . {path}

# Settings for another cloud would interfere.
for _name in $(env | sed -n 's/^\\(OS_[A-Za-z0-9_]*\\)=.*/\\1/p'); do
    unset "$_name"
done
unset _name

# For the cinder client.
export OS_AUTH_SYSTEM=noauth
export OS_USER_ID=admin
export CINDER_PROJECT_ID=admin
export CINDER_ENDPOINT={endpoint}

# For the openstack client.
export OS_CLIENT_CONFIG_FILE={clouds}
export OS_CLOUD=embedded
# Before release 8 the client does not read the token from there.
export OS_TOKEN=admin:admin
"""

_CLOUDS = """\
# Written anew at each start of cinder-backup-meta-embedded.
clouds:
  embedded:
    auth_type: admin_token
    auth:
      # USER:PROJECT is an administrator; USER:PROJECT:ROLE has only that role.
      token: admin:admin
      endpoint: {endpoint}
    block_storage_endpoint_override: {endpoint}
    volume_api_version: '3'
"""


def write(folder: state.StateFolder, endpoint: str) -> None:
    """Write openrc and clouds.yaml into the state folder.

    :param endpoint: the control plane's URL, without a path
    """
    values = {
        'endpoint': f'{endpoint}/v3',
        'path': shlex.quote(folder.openrc),
        'clouds': shlex.quote(folder.clouds),
    }
    for path, text in ((folder.openrc, _OPENRC), (folder.clouds, _CLOUDS)):
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(text.format(**values))
