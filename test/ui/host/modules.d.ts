/** The style sheet of the package has no types. */
declare module "svix-react/style.css" {}
