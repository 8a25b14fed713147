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

"""The limits on requests and messages, for the client and both services.

The limits on a single record are where it is read: its length in
:mod:`.codec`, its nesting in :mod:`.strict_json` and :mod:`.values`.
"""

#: The largest body of a request to cinder-api and the largest message between
#: cinder-api and cinder-backup, in bytes. A page of 1,000 records of Cinder's
#: own drivers is smaller.
MAX_MESSAGE_BYTES = 4 * 2**20

#: Total length, in characters, of the record strings in one request or
#: message. What else the message carries fits into the remaining 1.5 MiB.
MAX_PAGE_LENGTH = 5 * 2**19

#: Number of ids in a query string: a URL with 100 of them stays below the
#: 8 KiB that web servers accept.
MAX_IDS_IN_URL = 100
