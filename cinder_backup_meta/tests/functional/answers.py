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

"""Every answer of the plugin's resource has the form that is published."""

from urllib import parse

import jsonschema

from cinder_backup_meta.rest import answers

_FORMATS = jsonschema.FormatChecker()


def check(method, url, response):
    """Raise AssertionError if an answer has another form.

    :param url: of the request, or its path
    :param response: of ``requests``
    """
    path = parse.urlsplit(url).path
    try:
        schema = answers.find(method, path, response.status_code)
    except LookupError as error:
        raise AssertionError(str(error)) from None
    if schema is None:
        return
    try:
        jsonschema.validate(response.json(), schema, format_checker=_FORMATS)
    except (ValueError, jsonschema.ValidationError) as error:
        raise AssertionError(
            f'{method} {path} answers {response.status_code} in another form '
            f'than is published: {error}'
        ) from error
