/** The mark of the program: a line with a hook. */
export function Mark({ className }: { readonly className: string }) {
  return (
    <svg viewBox="0 0 20 20" fill="none" className={className} aria-hidden focusable="false">
      <path
        d="M13 2v10.2a4.2 4.2 0 1 1-8.4 0V11"
        stroke="currentColor"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
      <path
        d="M2.2 12.6 4.6 9.8l2.6 2.6"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="13" cy="2.6" r="2.1" fill="currentColor" />
    </svg>
  );
}
