# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which image a service shall run."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Image(Finder):
    """The image of a service: asked for, running, or newest."""

    noun = "image repository"
    component = "storage"

    def __init__(self, module, asked=None):
        super().__init__(module)
        self.asked = asked or module.params  # repository, tag, cluster, service, strategy

    def run(self):
        self.module.exit_json(changed=False, **self.look())

    def look(self):
        repository, service, tag = self._repository(), self._service(), self.asked["tag"]
        strategy = service.get("deploymentConfiguration", {}).get("strategy", "ROLLING") if service else ""
        if self.asked["strategy"] == "ROLLING" and strategy not in ("", "ROLLING"):
            self.module.fail_json(msg=self._stuck(strategy))
        digest, reason = self._tagged(repository, tag) if tag else self._running(repository, service) or self._newest()
        uri = repository["repositoryUri"]
        return {
            "exists": bool(digest),
            "image": f"{uri}@{digest}" if digest else f"{uri}:none",
            "reason": reason or f"push the first image: docker push {uri}:<tag>",
            "task_definition": service["taskDefinition"] if service else "",
            "strategy": strategy,
        }

    def _stuck(self, strategy):
        service = self.asked["service"]
        return (
            f"{service} shifts its traffic ({strategy}) and cannot go back to ROLLING. Keep service_strategy as it is, or remove"
            f" the service first: ansible-playbook -i <inventory> playbooks/teardown.yml --limit {service}"
        )

    def _repository(self):
        ecr = self.api("ecr", missing=("RepositoryNotFoundException", "ImageNotFoundException"))
        found = ecr.read("describe_repositories", repositoryNames=[self.asked["repository"]])
        if not found:
            others = " If it is a copy of another environment's, set aws_second_region to this region there, and run its playbook."
            self.module.fail_json(msg=self.lack(f"No image repository named {self.asked['repository']}") + others)
        return found["repositories"][0]

    def _tagged(self, repository, tag):
        mine = {"repositoryName": self.asked["repository"], "imageIds": [{"imageTag": tag}]}
        found = self.api("ecr").read("describe_images", **mine)
        if not found or not found["imageDetails"]:
            uri = repository["repositoryUri"]
            self.module.fail_json(
                msg=f"There is no image {uri}:{tag}. Push it first (docker push {uri}:{tag}), or name another service_image_tag."
            )
        return found["imageDetails"][0]["imageDigest"], f"tag {tag}"

    def _service(self):
        ecs = self.api("ecs", missing=("ClusterNotFoundException",))
        found = ecs.read("describe_services", cluster=self.asked["cluster"], services=[self.asked["service"]]) or {"services": []}
        return next((service for service in found["services"] if service["status"] == "ACTIVE"), None)

    def _running(self, repository, service):
        """Return the digest of the image that the service runs, if that is still one of the repository's."""
        if not service:
            return None
        definition = self.api("ecs").read("describe_task_definition", taskDefinition=service["taskDefinition"])["taskDefinition"]
        images = [c["image"] for c in definition["containerDefinitions"] if c["name"] == self.asked["service"]]
        prefix = f"{repository['repositoryUri']}@"
        return next(((image[len(prefix) :], "it runs now") for image in images if image.startswith(prefix)), None)

    def _newest(self):
        images = self.api("ecr").pages("describe_images", "imageDetails", repositoryName=self.asked["repository"])
        if not images:
            return None, None
        newest = max(images, key=lambda image: image["imagePushedAt"])
        return newest["imageDigest"], "the newest image"
