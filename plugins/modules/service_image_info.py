#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: service_image_info
version_added: 0.1.0
short_description: Decide which image a service shall run
description:
  - With O(tag), the image with this tag; it has to be in the repository.
  - Without, what the service runs now, so that a run about something else deploys nothing.
  - When nothing runs yet, the newest image of the repository.
  - Images are named by digest, so that what was tested is what runs.
  - The role M(slipway.aws.service) asks it.
author: slipway.aws maintainers (@slipway)
options:
  repository:
    description: Name of the image repository.
    type: str
    required: true
  tag:
    description: Tag of the image; empty to keep what runs.
    type: str
    default: ""
  cluster:
    description: Name of the cluster.
    type: str
    required: true
  service:
    description: Name of the service, which is the name of its container as well.
    type: str
    required: true
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Deploy a release
  slipway.aws.service_image_info:
    repository: shop-dev/orders
    tag: 1.4.2
    cluster: shop-dev
    service: orders
  register: image

- name: Keep what runs
  slipway.aws.service_image_info:
    repository: shop-dev/orders
    cluster: shop-dev
    service: orders
"""

RETURN = r"""
exists:
  description: Whether there is an image to run.
  returned: always
  type: bool
image:
  description: The image; without one, the name that the first one will have.
  returned: always
  type: str
  sample: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-dev/orders@sha256:4f1c...
reason:
  description: Why it is this one.
  returned: always
  type: str
  sample: it runs now
task_definition:
  description: The task definition that the service has now; empty when there is no service.
  returned: always
  type: str
strategy:
  description: How the service is deployed, for example V(ROLLING) or V(CANARY); empty when there is no service.
  returned: always
  type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Image(Finder):
    """The image of a service: asked for, running, or newest."""

    noun = "image repository"
    component = "storage"

    def run(self):
        repository, service, tag = self._repository(), self._service(), self.params["tag"]
        digest, reason = self._tagged(repository, tag) if tag else self._running(repository, service) or self._newest()
        uri = repository["repositoryUri"]
        self.module.exit_json(
            changed=False,
            exists=bool(digest),
            image=f"{uri}@{digest}" if digest else f"{uri}:none",
            reason=reason or f"push the first image: docker push {uri}:<tag>",
            task_definition=service["taskDefinition"] if service else "",
            strategy=service.get("deploymentConfiguration", {}).get("strategy", "ROLLING") if service else "",
        )

    def _repository(self):
        ecr = self.api("ecr", missing=("RepositoryNotFoundException", "ImageNotFoundException"))
        found = ecr.read("describe_repositories", repositoryNames=[self.params["repository"]])
        if not found:
            self.module.fail_json(msg=self.lack(f"No image repository named {self.params['repository']}"))
        return found["repositories"][0]

    def _tagged(self, repository, tag):
        mine = {"repositoryName": self.params["repository"], "imageIds": [{"imageTag": tag}]}
        found = self.api("ecr").read("describe_images", **mine)
        if not found or not found["imageDetails"]:
            uri = repository["repositoryUri"]
            self.module.fail_json(
                msg=f"There is no image {uri}:{tag}. Push it first (docker push {uri}:{tag}), or name another service_image_tag."
            )
        return found["imageDetails"][0]["imageDigest"], f"tag {tag}"

    def _service(self):
        ecs = self.api("ecs", missing=("ClusterNotFoundException",))
        found = ecs.read("describe_services", cluster=self.params["cluster"], services=[self.params["service"]]) or {"services": []}
        return next((service for service in found["services"] if service["status"] == "ACTIVE"), None)

    def _running(self, repository, service):
        """Return the digest of the image that the service runs, if that is still one of the repository's."""
        if not service:
            return None
        definition = self.api("ecs").read("describe_task_definition", taskDefinition=service["taskDefinition"])["taskDefinition"]
        images = [c["image"] for c in definition["containerDefinitions"] if c["name"] == self.params["service"]]
        prefix = f"{repository['repositoryUri']}@"
        return next(((image[len(prefix) :], "it runs now") for image in images if image.startswith(prefix)), None)

    def _newest(self):
        images = self.api("ecr").pages("describe_images", "imageDetails", repositoryName=self.params["repository"])
        if not images:
            return None, None
        newest = max(images, key=lambda image: image["imagePushedAt"])
        return newest["imageDigest"], "the newest image"


def main():
    Image.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
