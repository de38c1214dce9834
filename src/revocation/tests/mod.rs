mod ended;
mod follower;
mod log;
mod wire;
