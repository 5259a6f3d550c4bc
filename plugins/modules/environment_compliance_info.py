#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_compliance_info
version_added: 0.1.0
short_description: Judge an environment by the 56 properties of a platform of microservices
description:
  - Reads an environment back as M(slipway.aws.environment_template_info) does, and judges it by 56 properties of services, images,
    networks, delivery, identities, encryption and observation. docs/compliance.md says what each of them judges.
  - What services there are, and what they are, comes from the inventory of this run, group C(services). What other environments of
    the platform are like comes from the inventories that stand beside it, as far as they say it without templates.
  - Tells for every control of NIST SP 800-53 and SOC 2 that the properties are evidence for whether it holds, and which resources
    write its evidence down.
  - Writes nothing to the account, and reads no values of secrets. It runs on the controller.
author: slipway.aws maintainers (@slipway)
options:
  platform:
    description: What names in the environment begin with, for example V(shop-prod).
    type: str
    required: true
  environment:
    description: Name of the environment.
    type: str
    required: true
  account:
    description: The account that the environment lives in. It stands in the report.
    type: str
    required: true
  region:
    description: The region that the environment lives in.
    type: str
    required: true
  tags:
    description:
      - The tags of the platform. What carries C(Project) and C(Environment) is read; properties ask for C(Environment), C(Owner),
        C(CostCenter) and C(Compliance).
    type: dict
    required: true
  production:
    description: Whether it is production, of which some properties ask for more.
    type: bool
    default: false
  log_days:
    description: How many days logs of services are kept at least, where a service does not say so itself.
    type: int
    default: 0
  kafka:
    description: The Kafka cluster that services talk to, which somebody else keeps. Without one, property 35 does not hold.
    type: dict
    default: {}
    suboptions:
      brokers:
        description: The brokers, as C(host:port).
        type: list
        elements: str
        default: []
      security_group:
        description: Id of their security group, if it can be named in rules.
        type: str
        default: ""
      networks:
        description: The address ranges that they are in, if there is no such group.
        type: list
        elements: str
        default: []
  file:
    description: Path to write everything to, as JSON. Beside it stands the same for people (C(.md)).
    type: str
    default: ""
attributes:
  check_mode:
    description: It changes nothing, in check mode as well.
    support: full
  diff_mode:
    description: It changes nothing.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
seealso:
  - module: slipway.aws.environment_template_info
    description: Reads one environment.
"""

EXAMPLES = r"""
- name: Judge production
  slipway.aws.environment_compliance_info:
    platform: shop-prod
    environment: prod
    account: "123456789012"
    region: eu-west-1
    production: true
    tags: {Project: Shop, Environment: prod, Owner: us, CostCenter: shop, Compliance: SOC2}
    kafka:
      brokers: ["b1.kafka.example.com:9094"]
      networks: [198.51.100.0/26]
  register: judged

- name: Keep what shows it for the audit
  slipway.aws.environment_compliance_info:
    platform: shop-qa
    environment: qa
    account: "123456789012"
    region: eu-west-1
    tags: {Project: Shop, Environment: qa, Owner: us, CostCenter: shop, Compliance: SOC2}
    file: shop-qa.json
"""

RETURN = r"""
compliance:
  description: What was found, as it stands in O(file).
  returned: success
  type: dict
  contains:
    headline:
      description: It in one sentence.
      type: str
    holds:
      description: Whether all properties hold.
      type: bool
    properties:
      description:
        - The properties, each with C(number), C(title), C(holds), C(controls), C(corrected), which says why it is not judged to the
          letter where it is not, and C(judged).
        - Each of C(judged) has the C(resource) as a logical id, or in words what is not there, its C(id) in the account, whether
          the property C(holds) for it, and the C(evidence).
      type: list
      elements: dict
    controls:
      description:
        - The controls, each with C(control), C(framework), C(title), the C(properties) that it rests on, which of these are
          C(failing), whether it C(holds), and its C(evidence), which is kinds with the resources that write them down.
      type: list
      elements: dict
"""
