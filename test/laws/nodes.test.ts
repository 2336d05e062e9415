import { law } from "./cases.ts";
import { misaddressed, misplaced } from "./nodes.ts";

law("pods that take something of their node live where that is admitted, and nothing else lives there", misplaced);

law("an address block is a network of the nodes, and stands where a client is on one", misaddressed);
