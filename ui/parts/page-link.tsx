/** A link to a page of this face. The face's router knows the paths; `paths.ts` makes them. */
import { Link, useNavigate } from "@tanstack/react-router";
import type { LinkProps, NavigateOptions } from "@tanstack/react-router";
import type { ComponentProps } from "react";
import { useCallback } from "react";
import type { Target } from "../paths.ts";

type PageLinkProps = Omit<ComponentProps<"a">, "href" | "target"> & { readonly target: Target };

export function PageLink({ target, ...rest }: PageLinkProps) {
  return <Link {...toLink(target)} {...rest} />;
}

export function useOpenPage(): (target: Target) => void {
  const navigate = useNavigate();
  return useCallback((target) => void navigate(toLink(target) as NavigateOptions), [navigate]);
}

function toLink({ to, params = {}, search = {} }: Target): LinkProps {
  return { to, params, search } as LinkProps;
}
