import {
  buildChanged,
  checkGenerated,
  checkSecrets,
  commentByGitHub,
  indented,
  install,
  installPrograms,
  writeDiff,
} from "./ci-steps.ts";

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
      - name: Install
        run: ${install}
      - name: The files are as generated
        run: ${checkGenerated}
      - name: Secrets are there and encrypted
        run: |
${indented(checkSecrets, 10)}
      - name: What the change does
        if: \${{ !cancelled() }}
        run: |
${indented(writeDiff, 10)}
      - name: Hand it on
        id: diff
        if: \${{ !cancelled() }}
        run: |
          end=$(openssl rand -hex 16)
          { echo "diff<<$end"; cat overstack-diff.md; echo; echo "$end"; } >> "$GITHUB_OUTPUT"
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
      - name: Programs that build and judge
        run: |
${indented(installPrograms, 10)}
      - name: What has changed can be built, and has no unknown field
        run: |
${indented(buildChanged, 10)}
  comment:
    needs: check
    if: \${{ !cancelled() && needs.check.outputs.diff != '' && github.event.pull_request.head.repo.full_name == github.repository }}
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
