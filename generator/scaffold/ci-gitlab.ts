import {
  buildChanged,
  checkGenerated,
  checkSecrets,
  commentByGitLab,
  indented,
  install,
  installPrograms,
  writeDiff,
  writePage,
} from "./ci-steps.ts";

/** A script of a job. Its own folder, and its own options of bash, hold for it alone. */
const script = (folder: string, text: string): string =>
  `    - |\n${indented(`set -euo pipefail\ncd "$CI_PROJECT_DIR"${folder === "." ? "" : `/${folder}`}\n${text}`, 6)}`;

/** Of GitLab CI. `folder` is where the fleet lies in the repository. */
export const gitLabPipeline = (
  folder: string,
): string => `# Checks of a merge request. Made by overstack new ci gitlab; it is yours, and is not written again.
#
# The jobs "overstack" and "overstack-build" run what the merge request holds: keep variables with secrets protected, so that they are
# not given to them. The job "overstack-comment" runs nothing of it. It writes its comment with OVERSTACK_COMMENT_TOKEN, a masked
# variable: a project access token with the scope api. Without it, and from a fork, it does not run.
#
# Pin the images by digest: docker buildx imagetools inspect IMAGE shows it.
.overstack:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0"
    BASE: $CI_MERGE_REQUEST_DIFF_BASE_SHA

overstack:
  extends: .overstack
  image: node:24-bookworm
  script:
${script(folder, install)}
${script(folder, checkGenerated)}
${script(folder, checkSecrets.replace('exit "$failed"', 'test "$failed" -eq 0'))}
${script(folder, writeDiff)}
${script(folder, writePage)}
  artifacts:
    when: always
    expose_as: What the change does
    paths:
      - ${folder === "." ? "" : `${folder}/`}overstack-diff.md
      - ${folder === "." ? "" : `${folder}/`}overstack-diff.html

overstack-build:
  extends: .overstack
  image: golang:1.26-bookworm
  script:
${script(folder, installPrograms)}
${script(folder, buildChanged)}

overstack-comment:
  image: node:24-bookworm
  needs:
    - overstack
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID && $OVERSTACK_COMMENT_TOKEN
  variables:
    GIT_STRATEGY: none
  script:
${script(folder, `TOKEN=$OVERSTACK_COMMENT_TOKEN\nDIFF=$(cat overstack-diff.md)\nexport DIFF\n${commentByGitLab}`)}
`;
