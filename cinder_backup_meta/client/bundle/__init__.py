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

"""The bundle: a file of many backup records.

A bundle is opened here, for reading or for writing::

    with bundle.read('cloud.bundle.zst') as found:
        print(found.records, found.header.created_at)
        for entry in found.entries():
            print(entry.id, entry.backup_service)

What can't be read or written is told by BundleRefused alone, of
:mod:`cinder_backup_meta.client.errors`.
"""

import sys

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import journal
from cinder_backup_meta.client.bundle import reader
from cinder_backup_meta.client.bundle import writer

STDOUT = '-'


def read(file: str) -> reader.Reader:
    """Return a bundle, of which every line has been verified.

    :param file: a path, or - for the standard input. What is compressed is
        known by its content
    """
    return reader.Reader(file)


def write(
    file: str,
    cloud: str | None = None,
    selection: format.Document | None = None,
    force: bool = False,
    resume: bool = False,
) -> writer.Writer:
    """Return a bundle to write pages to; it is there when it is finished.

    :param file: a path, or - for the standard output. The bundle gets
        compressed if the path ends with .zst
    :param cloud: the endpoint that is exported from
    :param selection: what the export asks for; None for all
    :param force: replace the file if it is there, and discard what an
        interrupted export has left in FILE.part
    :param resume: go on with that; it has to ask for the same
    """
    header = format.Header.now(cloud, selection or {})
    if file == STDOUT:
        return writer.StreamWriter(
            'standard output', sys.stdout.buffer, header
        )
    return journal.PartWriter(file, header, force, resume)
