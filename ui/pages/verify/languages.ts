/** Code that verifies a webhook of the native API, one file per language, as the tests run it. */
import csharp from "code:Webhooks.cs";
import java from "code:Webhooks.java";
import go from "code:verify.go";
import node from "code:verify.mjs";
import php from "code:verify.php";
import python from "code:verify.py";
import ruby from "code:verify.rb";

export const LANGUAGES = [
  { id: "node", label: "Node", code: node },
  { id: "python", label: "Python", code: python },
  { id: "go", label: "Go", code: go },
  { id: "php", label: "PHP", code: php },
  { id: "ruby", label: "Ruby", code: ruby },
  { id: "java", label: "Java", code: java },
  { id: "csharp", label: "C#", code: csharp },
] as const;
