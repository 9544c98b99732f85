import { contract } from "../../../../test/contract/store/index.ts";
import { onPostgres } from "../../../../test/contract/store/on-postgres.ts";

contract(onPostgres, "tenancy");
