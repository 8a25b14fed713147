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

"""The limits of a record, and of requests and messages with many of them.

Exceeding one is refused before the record is read in full, so that no record
string takes much time or memory, whoever wrote it. The limits of single
values, such as the length of a text, are in
:mod:`cinder_backup_meta.record.fields` and
:mod:`cinder_backup_meta.record.values`.
"""

#: The longest record string, in characters. The largest part of a record of
#: Cinder's own is the metadata, which comes from the body of one request, at
#: most 112 KiB by default ([oslo_middleware] max_request_body_size). Escaped
#: and in base64 these are less than half of the limit.
MAX_RECORD_LENGTH = 2**20

#: How deep the objects and lists in ``driver_info``, the only field of free
#: form, may be nested
MAX_DRIVER_INFO_DEPTH = 8

#: How deep the objects and lists in a record may be nested: the record itself,
#: and ``driver_info`` in it
MAX_DEPTH = 1 + MAX_DRIVER_INFO_DEPTH

#: The most objects and lists in a record. One of Cinder's own has three,
#: however many metadata items its owner has set; only ``driver_info`` can have
#: more.
MAX_CONTAINERS = 10000

#: The longest number, in characters: more than any writer of JSON needs for
#: 64 bits
MAX_NUMBER_LENGTH = 32

# The limits of requests and messages with many records, which the client, the
# REST API and RPC share.

#: The largest body of a request to cinder-api and the largest message between
#: cinder-api and cinder-backup, in bytes. A page of 1,000 records of Cinder's
#: own drivers is smaller.
MAX_MESSAGE_BYTES = 4 * 2**20

#: The total length of the record strings in one request or message, in
#: characters. What else the message carries fits into the remaining 1.5 MiB.
MAX_PAGE_LENGTH = 5 * 2**19

#: The most ids in a query string: a URL with 100 of them stays below the 8 KiB
#: that web servers accept.
MAX_IDS_IN_URL = 100
