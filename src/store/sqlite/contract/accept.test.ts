import { contract } from "../../../../test/contract/store/index.ts";
import { onSqlite } from "../../../../test/contract/store/on-sqlite.ts";

contract(onSqlite, "accept");
