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

"""The plugin of openstackclient.

The ``openstack`` program loads it at each start, so it imports nothing.

openstackclient has its own command ``volume backup record import`` in the
group ``openstack.volume.v3``. Of two commands with the same name in one group,
the order of files on the disk decides which one is found. A plugin's group is
searched after all groups of openstackclient, so a command in it takes the
place of theirs.
"""

import argparse
import typing

DEFAULT_API_VERSION = '1'
API_VERSION_OPTION = 'os_backup_records_api_version'
API_NAME = 'backup_records'
API_VERSIONS = ('1',)


def make_client(instance: typing.Any) -> typing.Any:
    """Return the records of the cloud of a client manager."""
    from cinder_backup_meta.client import rest

    return rest.Records(instance.sdk_connection.block_storage)


def build_option_parser(
    parser: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    """Add no global options."""
    return parser
