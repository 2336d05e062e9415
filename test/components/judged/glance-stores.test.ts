import { expect, test } from "vitest";
import { environmentIn, releasesOf } from "../../config/installed.ts";
import { judge } from "../../config/judge.ts";
import { judged } from "../../config/judged.ts";

const text = `[DEFAULT]
enabled_backends = fast:rbd,far:s3
[fast]
rbd_store_pool = a
[far]
rbd_store_pool = a
[os_glance_tasks_store]
filesystem_store_datadir = /a
[near]
rbd_store_pool = a
`;
const environment = { OS_FAR__S3_STORE_BUCKET: "a", OS_FAST__S3_STORE_BUCKET: "a" };

test.for(releasesOf("glance"))("%s: the judge knows the options of each store by its driver", async (release) => {
  const configuration = { name: "stores", files: { "a.conf": text }, environment };
  const { stores } = await judge(environmentIn(release, "glance"), judged.get("glance")!, [configuration]);
  expect(stores).toEqual([
    "a.conf: far/rbd_store_pool is not part of the sample config",
    "a.conf: near/rbd_store_pool is not part of the sample config",
    "OS_FAST__S3_STORE_BUCKET: fast/s3_store_bucket is not part of the sample config",
  ]);
});
