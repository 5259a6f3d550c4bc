# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Options and attributes that all modules of this collection share; their behaviour is in plugins/module_utils/resource.py."""

from __future__ import annotations


class ModuleDocFragment:
    """One idea per fragment: state, tags, waiting; attributes of modules that change something and of those that look."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) makes the resource as described, V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Predicts the result from the same difference that would be sent, and calls nothing that writes.
    support: full
  diff_mode:
    description: Shows the managed part of the resource before and after, without secrets.
    support: full
  idempotent:
    description: Running it again with the same options changes nothing and sends nothing.
    support: full
"""

    TAGS = r"""
options:
  tags:
    description:
      - Tags as a dictionary. Left out, tags are not managed; V({}) with O(purge_tags=true) removes them all.
      - Tags that begin with C(aws:) belong to AWS and are never touched.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that are not in O(tags) are removed.
    type: bool
    default: true
"""

    WAIT = r"""
options:
  wait:
    description:
      - Whether to wait until AWS has finished.
      - When AWS takes longer than O(wait_timeout), the task fails and AWS goes on; the next run picks the work up where it is.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds.
    type: int
    default: 900
"""

    INFO = r"""
attributes:
  check_mode:
    description: It only looks, in check mode as well.
    support: full
  diff_mode:
    description: It changes nothing, so there is nothing to compare.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
"""

    FINDER = r"""
options:
  name:
    description:
      - The name under which it was built.
    type: str
    required: true
  required:
    description:
      - Whether it is an error when there is none. With V(false), RV(exists) tells.
    type: bool
    default: true
attributes:
  check_mode:
    description: It only looks, in check mode as well.
    support: full
  diff_mode:
    description: It changes nothing, so there is nothing to compare.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
"""
