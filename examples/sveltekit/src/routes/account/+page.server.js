export const load = ({ platform }) => {
  const who = platform.env.IDENTITY;
  return { name: who.username ?? who.subject };
};
