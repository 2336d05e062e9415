import { buildSteps, checkSteps, commentByGitHub, handOn, indented, isOurs } from "./ci-steps.ts";

/** Without an action of others. The token is read by git's helper from the environment, and stays in no file. */
const checkOut = `git init --quiet .
git -c credential.helper='!f() { echo username=x-access-token; echo "password=$TOKEN"; }; f' fetch --quiet "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git" "+refs/pull/$NUMBER/head:refs/remotes/origin/proposed" "+refs/heads/$BASE_BRANCH:refs/remotes/origin/base"
git checkout --quiet --detach refs/remotes/origin/proposed`;

const installed = (folder: string): string => `      - name: Check out
        working-directory: .
        env:
          TOKEN: \${{ github.token }}
        run: |
${indented(checkOut, 10)}${folder === "." ? "" : `\n          test -d '${folder}'`}`;

/** Of Forgejo Actions, which reads workflows of GitHub. `folder` is where the fleet lies in the repository. */
export const forgejoWorkflow = (
  folder: string,
): string => `# Checks of a pull request. Made by overstack new ci forgejo; it is yours, and is not written again.
#
# The jobs "check" and "build" run what the pull request holds, with the right to read and without any secret. The job "comment" may
# write comments, and runs nothing of it; for a pull request from a fork it does not run, and the text is in the log.
#
# No action of others is used. Pin the images by digest: docker buildx imagetools inspect IMAGE shows it.
name: overstack
on:
  pull_request:
env:
  NUMBER: \${{ github.event.pull_request.number }}
  BASE_BRANCH: \${{ github.event.pull_request.base.ref }}
  BASE: refs/remotes/origin/base
jobs:
  check:
    runs-on: docker
    container:
      image: node:24-bookworm
    defaults:
      run:
        shell: bash
        working-directory: ${folder}
    outputs:
      diff: \${{ steps.diff.outputs.diff }}
    steps:
${installed(folder)}
${checkSteps}
      - name: Hand it on
        id: diff
        if: \${{ !cancelled() }}
        run: |
${handOn}
  build:
    runs-on: docker
    container:
      image: golang:1.26-bookworm
    defaults:
      run:
        shell: bash
        working-directory: ${folder}
    steps:
${installed(folder)}
${buildSteps}
  comment:
    needs: check
    ${isOurs}
    runs-on: docker
    container:
      image: node:24-bookworm
    steps:
      - name: One comment, renewed
        shell: bash
        env:
          TOKEN: \${{ github.token }}
          DIFF: \${{ needs.check.outputs.diff }}
        run: |
${indented(commentByGitHub, 10)}
`;
