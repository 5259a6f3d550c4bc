# shellcheck shell=bash
# Stand-ins for what a build uses to make images: docker and aws know the repositories of the emulated account, and what this build has
# made itself. $STATE has what is known, a name and a value in each line; the last line of a name counts.

known() { # file, name: print the value, or fail
  local name value found=""
  while read -r name value; do
    if [ "$name" = "$2" ]; then found=$value; fi
  done < "$STATE/$1"
  [ -n "$found" ] && echo "$found"
}

know() { # file, name, value
  echo "$2 $3" >> "$STATE/$1"
}

refuse() {
  echo "$1" >&2
  return "${2:-1}"
}

docker() {
  local verb=$1 digest
  shift
  case $verb in
    login | logout | run | image | images | info | version) ;;
    build)
      digest="sha256:$(echo "$CODEBUILD_BUILD_ID $*" | sha256sum | cut -c 1-64)"
      while [ $# -gt 0 ]; do
        case $1 in
          --tag=*) know local "${1#*=}" "$digest" ;;
          --tag | -t) know local "$2" "$digest" && shift ;;
        esac
        shift
      done
      ;;
    pull)
      digest=$(known registry "$1") || refuse "manifest for $1 not found: manifest unknown: Requested image not found" || return
      know local "$1" "$digest"
      ;;
    tag)
      digest=$(known local "$1") || refuse "Error response from daemon: No such image: $1" || return
      know local "$2" "$digest"
      ;;
    push)
      digest=$(known local "$1") || refuse "An image does not exist locally with the tag: ${1%:*}" || return
      known repositories "${1%:*}" > /dev/null || refuse "name unknown: The repository ${1%:*} does not exist" || return
      if known immutable "$1" > /dev/null; then
        refuse "tag invalid: The image tag '${1##*:}' already exists and cannot be overwritten because the tag is immutable."
        return
      fi
      know registry "$1" "$digest"
      know pushed "$1" "$digest"
      ;;
    *) refuse "the emulated docker does not know $verb" ;;
  esac
}

aws() {
  local words="$*" repository tag digest
  case "$1 $2" in
    "ecr get-login-password") echo emulated ;;
    "ecr describe-images")
      while [ $# -gt 0 ]; do
        case $1 in
          --repository-name) repository=$2 ;;
          --image-ids) tag=${2#imageTag=} ;;
        esac
        shift
      done
      digest=$(known registry "$REGISTRY/$repository:$tag") || refuse "(ImageNotFoundException) The image $tag does not exist" 254 || return
      case $words in *imageDigest*) echo "$digest" ;; esac
      ;;
    *) refuse "the emulated aws does not know: aws $words" ;;
  esac
}

# There are no sources, so every folder is empty, and programs that would work on them succeed and do nothing.
cd() { mkdir -p "./$1" && builtin cd "./$1" || return; }
command_not_found_handle() { :; }
