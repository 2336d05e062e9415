import { flux } from "./engines.ts";
import { forty } from "./scenarios/forty.ts";

forty(flux);
