mod ended;
mod follower;
mod log;
mod window;
mod wire;
